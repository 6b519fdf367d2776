# Khung của mọi trang, và các lỗi chung.
product = Loa Bản
skip-to-content = Đến nội dung
navigation = Các mục
to-front-page = Về trang chính
save = Lưu
cancel = Hủy
back = Quay lại

error-request-id = Mã yêu cầu: { $id }
error-not-found = Không tìm thấy
    .advice = Địa chỉ này không có, hoặc bạn không được xem. Hãy kiểm tra lại đường dẫn, hoặc bắt đầu từ trang chính.
error-forbidden = Bạn không có quyền làm việc này
    .advice = Việc này cần một vai trò khác ở địa bàn này. Hãy nhờ quản trị viên của xã.
error-sign-in-needed = Bạn cần đăng nhập
    .advice = Phiên làm việc đã hết hoặc bạn chưa đăng nhập. Hãy đăng nhập rồi làm lại; nội dung vừa gửi chưa được lưu.
error-forged-form = Biểu mẫu không còn hiệu lực
    .advice = Trang này được mở trước lần đăng nhập hiện tại, hoặc yêu cầu đến từ một trang khác. Hãy mở lại trang rồi gửi lại.
error-internal = Máy chủ gặp lỗi
    .advice = Lỗi ở phía chúng tôi, không phải do bạn. Hãy thử lại sau ít phút; nếu vẫn lỗi, báo quản trị viên kèm mã yêu cầu bên dưới.
error-unreadable-request = Không đọc được nội dung gửi lên
    .advice = Hãy quay lại, kiểm tra các ô đã điền rồi gửi lại. Chi tiết: { $reason }
error-request-too-large = Nội dung gửi lên quá lớn
    .advice = Hãy rút ngắn nội dung rồi gửi lại. Tệp âm thanh phải gửi ở trang bản ghi âm.
error-request-cut-off = Kết nối bị ngắt khi đang gửi
    .advice = Chưa có gì được lưu. Hãy gửi lại khi mạng ổn định.
error-method = Địa chỉ này không nhận yêu cầu kiểu đó
    .advice = Hãy mở lại trang từ trang chính. Với chương trình gọi API: xem /api/openapi.json.
